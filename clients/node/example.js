#!/usr/bin/env node
// What a station written in Node does with an mlfsc server. See README.md.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import grpc from '@grpc/grpc-js';

import { Inspection } from './inspection.js';

const USAGE = `usage: example.js [--server HOST:PORT] categories
       example.js [--server HOST:PORT] train CATEGORY FOLDER [--features pyramid|single_pass|pixels] [--input-size PIXELS]
       example.js [--server HOST:PORT] score CATEGORY PICTURE...`;

const COMMANDS = {
  async categories(inspection) {
    for (const { category, active_version, versions } of await inspection.listCategories()) {
      console.log(`${category}: version ${active_version} of ${versions.length}`);
    }
  },

  async train(inspection, flags, category, folder) {
    const names = (await readdir(folder)).filter((name) => /\.(png|jpe?g|bmp|tiff?)$/i.test(name)).sort();
    const paths = names.map((name) => path.join(folder, name));
    const options = { feature_source: flags.features?.toUpperCase(), input_size: flags['input-size'] && Number(flags['input-size']) };
    const { version } = await inspection.train(category, paths, options, (progress) => {
      console.log(`${progress.phase.toLowerCase()}: ${progress.pictures_done} of ${progress.pictures_total || '?'}`);
    });
    console.log(`${category}: version ${version.version} from ${version.pictures} pictures, threshold ${version.calibration.threshold.toPrecision(4)}`);
  },

  async score(inspection, flags, category, ...pictures) {
    for (const picture of pictures) {
      const { verdict, normalized_score, regions } = await inspection.score(category, picture);
      const where = regions.map(({ x, y, width, height }) => `${width}x${height} at ${x},${y}`).join('; ');
      console.log(`${picture}: ${verdict} ${normalized_score.toFixed(3)} ${where}`.trimEnd());
    }
  },
};

async function main() {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      server: { type: 'string', default: process.env.MLFSC_SERVER || '127.0.0.1:50051' },
      features: { type: 'string' },
      'input-size': { type: 'string' },
    },
  });
  const [name, ...rest] = positionals;
  const needed = { categories: 0, train: 2, score: 2 }[name];
  if (needed === undefined || rest.length < needed) throw new Error(USAGE);
  const inspection = new Inspection(flags.server);
  try {
    await COMMANDS[name](inspection, flags, ...rest);
  } finally {
    inspection.close();
  }
}

main().catch((error) => {
  console.error(error.details ? `${grpc.status[error.code]}: ${error.details}` : error.message);
  process.exitCode = 1;
});
