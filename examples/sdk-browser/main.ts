import { JobFailedError, Vidferry } from "@vidferry/sdk";

function find<T extends Element>(selector: string): T {
  const element = document.querySelector<T>(selector);
  if (element === null) throw new Error(`the page has no ${selector}`);
  return element;
}

const form = find<HTMLFormElement>("form");
const stop = find<HTMLButtonElement>("button[name=stop]");
const bar = find<HTMLProgressElement>("progress");
const status = find<HTMLParagraphElement>("[role=status]");
const list = find<HTMLUListElement>("ul");

async function download(service: string, url: string, signal: AbortSignal): Promise<void> {
  const vidferry = new Vidferry({ baseUrl: service });
  const job = await vidferry.downloads.create({ url }, { signal });
  const done = await vidferry.downloads.wait(job.id, {
    signal,
    onProgress: ({ state, stage, progress }) => {
      bar.value = progress.percent ?? 0;
      status.textContent = stage ?? state;
    },
  });
  for (const artifact of done.artifacts) {
    const link = document.createElement("a");
    // The browser fetches the file itself, so that a large one does not go through the page's memory.
    link.href = new URL(artifact.url, service).href;
    link.textContent = artifact.fileName;
    list.appendChild(document.createElement("li")).append(link);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  const abort = new AbortController();
  stop.onclick = () => abort.abort(new Error("stopped waiting; the job goes on"));
  stop.disabled = false;
  try {
    await download(String(fields.get("service")), String(fields.get("link")), abort.signal);
  } catch (error) {
    const code = error instanceof JobFailedError ? `${error.code}: ` : "";
    status.textContent = code + (error instanceof Error ? error.message : String(error));
  } finally {
    stop.disabled = true;
  }
});
