// The real server, the real `mlfsc web` and a real browser, for the tests of the whole page.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const need = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the test is started by ctest`);
  return value;
};

// A busy machine may need as long for what takes a moment on a quiet one; only a page that hangs makes a test wait for it.
const PATIENCE_MS = 120_000;

// What this machine's Chromium must not do in a test: call home, or want a GPU.
const CHROMIUM_FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

// A program until it is stopped; what it writes is kept.
class Program {
  readonly process: ChildProcess;
  output = "";
  private readonly ended: Promise<void>;

  constructor(binary: string, programArguments: string[]) {
    this.process = spawn(binary, programArguments, { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout!.on("data", (data) => { this.output += data; });
    this.process.stderr!.on("data", (data) => { this.output += data; });
    this.ended = new Promise((resolve) => this.process.on("close", () => resolve()));
  }

  // Resolves to the match; rejects when the program ends without it.
  async awaitOutput(pattern: RegExp): Promise<RegExpMatchArray> {
    const found = () => this.output.match(pattern);
    while (!found()) {
      if (this.process.exitCode !== null) throw new Error(`ended without ${pattern}:\n${this.output}`);
      await Promise.race([new Promise((resolve) => this.process.stdout!.once("data", resolve)),
        new Promise((resolve) => this.process.stderr!.once("data", resolve)), this.ended]);
    }
    return found()!;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (this.process.exitCode === null) this.process.kill(signal);
    await this.ended;
    return this.process.exitCode;
  }
}

// A port that was free a moment ago: the server comes back at the same one.
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export class Harness {
  readonly folder = mkdtempSync(join(tmpdir(), "mlfsc-page-"));
  // Pictures in the layout of MVTec AD.
  readonly pictures = join(this.folder, "cloth");
  url = "";
  private serverPort = 0;
  private webPort = 0;
  private server?: Program;
  private web?: Program;
  private browser?: Browser;

  generatePictures(options: Record<string, number>): void {
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    execFileSync(need("MLFSC_BINARY"), ["generate", this.pictures, ...flags]);
  }

  async startServer(): Promise<void> {
    this.serverPort ||= await freePort();
    this.server = new Program(need("MLFSC_SERVER_BINARY"), [`--listen=127.0.0.1:${this.serverPort}`,
      `--store=${join(this.folder, "store")}`, "--input_sizes=128,256", "--max_batch=4"]);
    await this.server.awaitOutput(/ serving /);
  }

  stopServer = async () => this.server?.stop();

  async startWeb(): Promise<void> {
    this.webPort ||= await freePort();
    this.web = new Program(need("MLFSC_BINARY"), ["web", `--server=127.0.0.1:${this.serverPort}`,
      `--listen=127.0.0.1:${this.webPort}`, `--page=${need("MLFSC_PAGE")}`]);
    this.url = (await this.web.awaitOutput(/page is at (\S+)/))[1]!;
  }

  stopWeb = async () => this.web?.stop();

  // A fresh browser window. `trouble` collects what should not happen: script errors, refused styles, calls elsewhere.
  async open(options: BrowserContextOptions, trouble: string[] = []): Promise<Page> {
    this.browser ??= await chromium.launch({ executablePath: need("CHROMIUM"), args: CHROMIUM_FLAGS, timeout: PATIENCE_MS });
    const context = await this.browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("console", (message) => {
      // What the browser says of an answer that is an error, or of none, is expected while a server is away.
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) trouble.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(this.url) && !/^(blob|data):/.test(request.url())) trouble.push(`asks ${request.url()}`);
    });
    await page.goto(this.url);
    return page;
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.web?.stop();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  logs = () => `--- mlfsc-server\n${this.server?.output}\n--- mlfsc web\n${this.web?.output}`;
  read = (path: string) => readFileSync(join(this.folder, path));
}

// Waits until `assertion` holds: what the page shows follows what is done to it, later. Throws the assertion's last error.
export async function eventually(assertion: () => Promise<void>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

// Steps of one way through the page: after one that failed nobody waits for what the others would need. `seen` says
// what was to be seen when a step fails.
export function steps(seen: () => Promise<string>): (name: string, step: () => Promise<void> | void) => void {
  let failed = "";
  return (name, step) => test(name, async (context) => {
    if (failed) return context.skip(`"${failed}" failed`);
    failed = name;
    try {
      await step();
    } catch (error) {
      context.diagnostic(await seen());
      throw error;
    }
    failed = "";
  });
}

// The first-time way: from the welcome to a learnt category.
export async function train(page: Page, name: string, folder: string, quick: boolean): Promise<void> {
  await page.getByRole("link", { name: /Start|Train a new category/ }).click();
  await page.getByLabel("1. Give the product a name").fill(name);
  await page.getByTestId("train-drop").locator("input[webkitdirectory]").setInputFiles(folder);
  if (quick) {
    await page.getByText(/^Settings/).click();
    await page.getByLabel("Picture size inside the network").selectOption("128");
    await page.getByLabel("What is looked at").selectOption("single_pass");
  }
  await page.getByTestId("train").click();
  await page.getByTestId("learnt").waitFor();
}
