// Pictures on their way into a training. They go on whatever view is shown, as long as the page is open.
import * as calls from "./calls";
import type { TrainingRequest, TrainingState } from "./wire";

const underWay = new Map<number, AbortController>();

function warnBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

async function send(id: number, pictures: File[], stop: AbortController): Promise<void> {
  underWay.set(id, stop);
  window.addEventListener("beforeunload", warnBeforeLeaving);
  try {
    for (let i = 0; i < pictures.length; ++i) await calls.sendPicture(id, i, pictures[i]!, stop.signal);
  } finally {
    underWay.delete(id);
    if (underWay.size === 0) window.removeEventListener("beforeunload", warnBeforeLeaving);
  }
}

// `onError`: why pictures could not be sent; not called when the training ended by itself, which then says why.
export async function beginTraining(request: TrainingRequest, pictures: File[],
  onError: (message: string) => void): Promise<TrainingState> {
  const begun = await calls.beginTraining(request);
  const stop = new AbortController();
  send(begun.id, pictures, stop).catch((error) => {
    const over = error instanceof calls.CallError && error.code === "FAILED_PRECONDITION";
    if (!over && !stop.signal.aborted) onError((error as Error).message);
  });
  return begun;
}

export async function stopTraining(id: number): Promise<void> {
  underWay.get(id)?.abort();
  await calls.stopTraining(id);
}
