import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";

interface DialogProps {
  title: string;
  close: () => void;
  isWide?: boolean;
  children: ComponentChildren;
}

/** A dialog over the page; Escape and a click beside it close it, and the focus goes back to where it was. */
export function StudioDialog({ title, close, isWide, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isWide ? "wide" : ""}
      aria-label={title}
      onClose={close}
      onPointerDown={(event) => event.target === dialog.current && close()}
    >
      <header>
        <h2>{title}</h2>
        <button class="quiet" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
