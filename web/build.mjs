// Builds each page: web/APP/main.tsx and what it imports → semstyle/APP/app/APP.js and APP.css.
// The first line of both names the SHA-256 of their sources; tests/web/test_built_pages.py works it out again.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const WEB = dirname(fileURLToPath(import.meta.url));
const PACKAGE = join(WEB, "..", "semstyle");
const SHARED = ["build.mjs", "package.json", "package-lock.json", "tsconfig.json"];

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function digestOfSources(app) {
  const paths = [...filesBelow(join(WEB, app)), ...filesBelow(join(WEB, "shared")), ...SHARED.map((name) => join(WEB, name))];
  const names = paths.map((path) => relative(WEB, path).split(sep).join("/")).sort();
  const digest = createHash("sha256");
  for (const name of names) {
    digest.update(`${name}\0${createHash("sha256").update(readFileSync(join(WEB, name))).digest("hex")}\n`);
  }
  return digest.digest("hex");
}

function licences(metafile) {
  const used = Object.keys(metafile.inputs)
    .map((path) => /node_modules\/([^/]+)/.exec(path)?.[1])
    .filter(Boolean);
  return [...new Set(used)].sort().map((name) => {
    const { version } = JSON.parse(readFileSync(join(WEB, "node_modules", name, "package.json"), "utf8"));
    return `${name} ${version}:\n${readFileSync(join(WEB, "node_modules", name, "LICENSE"), "utf8").trim()}`;
  });
}

async function buildApp(app) {
  const result = await build({
    absWorkingDir: WEB,
    entryPoints: { [app]: `${app}/main.tsx` },
    outdir: join(PACKAGE, app, "app"),
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none", // the licences are in the head
    loader: { ".svg": "dataurl" },
  });
  const head = [`semstyle ${app}; sources sha256 ${digestOfSources(app)}`, ...licences(result.metafile)].join("\n\n");
  for (const { path, text } of result.outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `/*! ${head} */\n${text}`);
    console.log(`${relative(join(WEB, ".."), path)}: ${Math.ceil(text.length / 1024)} KB`);
  }
}

const apps = readdirSync(WEB, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(WEB, entry.name, "main.tsx")))
  .map((entry) => entry.name);
const wanted = process.argv.slice(2); // all, when none is named
for (const app of apps) if (!wanted.length || wanted.includes(app)) await buildApp(app);
