// Bundles the page:  node build.mjs --out FOLDER
// or its unit tests: node build.mjs --tests --out FOLDER
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const outArgument = process.argv.indexOf("--out");
const tests = process.argv.includes("--tests");
const out = outArgument > 0 ? process.argv[outArgument + 1] : join(here, tests ? "tests-built" : "page");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
if (tests) {
  const sources = readdirSync(join(here, "tests")).filter((name) => /\.(test|e2e|shots)\.ts$/.test(name));
  await build({
    entryPoints: sources.map((name) => join(here, "tests", name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    external: ["playwright-core"],
    platform: "node",
    format: "esm",
    logLevel: "warning",
  });
} else {
  await build({
    entryPoints: { page: join(here, "src/main.tsx") },
    outdir: out,
    bundle: true,
    minify: true,
    format: "esm",
    // What the tablets of the last years understand.
    target: ["chrome100", "firefox100", "safari15.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "eof",
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg"]) copyFileSync(join(here, "src", file), join(out, basename(file)));
  // Goes with every copy of it, says the licence; the bundle has no comments.
  copyFileSync(join(here, "node_modules/preact/LICENSE"), join(out, "preact-license.txt"));
}
