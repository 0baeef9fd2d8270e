// An mlfsc server as this example needs it: the wire contract is read when the program starts, nothing is generated.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

import { withRetry } from './retry.js';

const contract = protoLoader.loadSync('mlfsc/v1/inspection.proto', {
  includeDirs: [fileURLToPath(new URL('../../proto', import.meta.url))],
  keepCase: true,
  enums: String,
  // Versions stay far below 2^53.
  longs: Number,
  defaults: true,
});
const { InspectionService } = grpc.loadPackageDefinition(contract).mlfsc.v1;

// What a call may take, retries and all, in milliseconds; a training has no limit.
const CALL_MS = 60_000;
// Above the largest picture and map.
const MAX_MESSAGE_BYTES = 257 * 1024 * 1024;

// Talks to the server at `address`, HOST:PORT. `token`: shown with every call; `ca`: PEM of who signed the server's certificate (TLS).
// Errors are grpc-js's, with `code` (grpc.status) and `details` (the server's message). Calls are made again while the server is away or busy; a
// training is not, since its pictures would have to be sent anew.
export class Inspection {
  #client;
  #metadata = new grpc.Metadata();

  constructor(address, { token = '', ca = null } = {}) {
    const credentials = ca ? grpc.credentials.createSsl(ca) : grpc.credentials.createInsecure();
    this.#client = new InspectionService(address, credentials, {
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.enable_http_proxy': 0,
      // A name may stand for several replicas: calls go to them in turn.
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
      // A channel that has lost its server answers from memory until its own backoff has passed; that one must not be longer than ours.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
    });
    if (token) this.#metadata.set('authorization', `Bearer ${token}`);
  }

  close() {
    this.#client.close();
  }

  // By name, each with its versions.
  async listCategories() {
    return (await this.#call('ListCategories', {})).categories;
  }

  // Scores the picture in a file: the contract's Inspection.
  async score(category, path) {
    const picture = { encoded: await readFile(path) };
    return (await this.#call('Score', { category, picture })).inspection;
  }

  // Learns a category from files of good pictures; returns the contract's TrainResult. `onProgress` gets each TrainProgress.
  train(category, paths, options, onProgress = () => {}) {
    const call = this.#client.Train(this.#metadata);
    return new Promise((resolve, reject) => {
      let result;
      call.on('data', (answer) => {
        if (answer.result) result = answer.result;
        if (answer.progress) onProgress(answer.progress);
      });
      call.on('error', reject);
      call.on('end', () => result && resolve(result));
      send(call, category, paths, options).catch((error) => {
        call.cancel();
        reject(error);
      });
    });
  }

  #call(method, request) {
    const once = (deadline) =>
      new Promise((resolve, reject) => {
        this.#client[method](request, this.#metadata, { deadline }, (error, answer) => (error ? reject(error) : resolve(answer)));
      });
    return withRetry(once, { timeoutMs: CALL_MS });
  }
}

async function send(call, category, paths, options) {
  call.write({ start: { category, options, expected_pictures: paths.length } });
  for (const path of paths) {
    const picture = { encoded: await readFile(path) };
    if (call.destroyed) return;
    // A slow server holds the reading of pictures back, so that they do not pile up here.
    if (!call.write({ picture })) await new Promise((resolve) => ['drain', 'error', 'end'].forEach((event) => call.once(event, resolve)));
  }
  call.end();
}
