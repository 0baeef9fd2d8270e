// When a call that failed is made again. The rules are those of all clients: a server that is away, after growing pauses; and what the server says
// may be tried again (google.rpc.RetryInfo), after the time that it asks for.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const details = protoLoader.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  includeDirs: [fileURLToPath(new URL('../../proto', import.meta.url))],
  keepCase: true,
  longs: Number,
  defaults: true,
});
const RETRY_INFO = 'google.rpc.RetryInfo';

// Milliseconds after which the same request may be sent again; undefined when the server did not say so.
function retryDelay(error) {
  for (const bytes of error.metadata?.get('grpc-status-details-bin') ?? []) {
    for (const { type_url, value } of details['google.rpc.Status'].deserialize(bytes).details) {
      if (!type_url.endsWith(`/${RETRY_INFO}`)) continue;
      const { seconds, nanos } = details[RETRY_INFO].deserialize(value).retry_delay;
      return seconds * 1000 + nanos / 1e6;
    }
  }
  return undefined;
}

// Not to be reached, starting or draining. CANCELLED: nobody on this side cancels; gRPC's server answers so to what reaches it in the moment of its
// shutdown.
function isAway(error) {
  return error.code === grpc.status.UNAVAILABLE || error.code === grpc.status.CANCELLED;
}

// Calls `attempt(deadline)` until it succeeds, fails for good or `timeoutMs` have passed. A server that is away is tried `attempts` times. Half of
// every pause is random, so that stations that failed together do not come back together.
export async function withRetry(attempt, { timeoutMs, attempts = 6, backoffMs = 200, maxBackoffMs = 5000 }) {
  const deadline = Date.now() + timeoutMs;
  for (let away = 0; ; ) {
    try {
      return await attempt(deadline);
    } catch (error) {
      const delay = retryDelay(error);
      if (delay === undefined && !isAway(error)) throw error;
      if (isAway(error) && ++away >= attempts) throw error;
      const backoff = Math.min(backoffMs * 2 ** Math.max(away - 1, 0), maxBackoffMs);
      const pause = delay === undefined ? (backoff * (1 + Math.random())) / 2 : delay + (backoff * Math.random()) / 2;
      if (Date.now() + pause >= deadline) throw error;
      await sleep(pause);
    }
  }
}
