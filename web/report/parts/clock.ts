// Times in words.

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function moment(text: string | null | undefined): string {
  const time = text ? new Date(text) : null;
  if (!time || Number.isNaN(time.getTime())) return text ?? "–";
  return time.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}
