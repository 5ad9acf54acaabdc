// The real sidecar with its embedded nats-server, in a folder of its own.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** BRIDGE_SIDECAR, else the newest build. */
function sidecarProgram() {
  const built = ["Release", "Debug"].map((kind) => join(root, "sidecar/Host/bin", kind, "net10.0/hanatsbridge"));
  const program = process.env.BRIDGE_SIDECAR ?? built.find((path) => existsSync(path));
  if (!program) throw new Error("the sidecar is not built: dotnet build HaNatsBridge.sln");
  return program;
}

function natsServerProgram() {
  return process.env.BRIDGE_NATS_SERVER_NEWEST || join(homedir(), ".cache/hanatsbridge/nats-server/newest/nats-server");
}

// Below the ports of outgoing connections, so that a killed server finds its port again. The other suites use other ports.
const LOWEST_PORT = 13_000;
const HIGHEST_PORT = 13_999;

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

const given = new Set();

async function freePort() {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error("no free port");
}

/** Waits until the condition holds; the condition may be asynchronous. */
export async function eventually(condition, what, milliseconds = 20_000) {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await delay(20);
  }
}

export class Sidecar {
  #process;
  #output = "";

  static async start() {
    const sidecar = new Sidecar();
    sidecar.data = mkdtempSync(join(tmpdir(), "hanatsbridge-js-"));
    sidecar.url = `http://127.0.0.1:${await freePort()}`;
    sidecar.nats = `127.0.0.1:${await freePort()}`;
    await sidecar.run();
    return sidecar;
  }

  get hub() {
    return `${this.url}/hub`;
  }

  get token() {
    return readFileSync(join(this.data, "token"), "utf8").trim();
  }

  async run() {
    const program = spawn(
      sidecarProgram(),
      ["run", "--data", this.data, "--listen", this.url.replace("http://", ""), "--nats-listen", this.nats],
      { env: { ...process.env, Bridge__Nats__ServerProgram: natsServerProgram() }, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#process = program;
    for (const stream of [program.stdout, program.stderr]) {
      stream.on("data", (text) => (this.#output = (this.#output + text).slice(-20_000)));
    }
    await eventually(
      async () => {
        if (program.exitCode !== null) throw new Error(`the sidecar ended with ${program.exitCode}:\n${this.#output}`);
        return (await fetch(`${this.url}/api/health`).catch(() => undefined))?.status === 200;
      },
      `the sidecar is ready:\n${this.#output}`,
      40_000,
    );
  }

  /** Starts it if it does not run. */
  async goesOn() {
    if (this.#ended) await this.run();
  }

  get #ended() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** SIGKILL: the nats-server lives on and is adopted by the next start. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** SIGTERM: the nats-server ends with it. */
  async stop() {
    await this.#end("SIGTERM");
    rmSync(this.data, { recursive: true, force: true });
  }

  async #end(signal) {
    const program = this.#process;
    if (this.#ended) return;
    const ended = new Promise((resolve) => program.once("exit", resolve));
    program.kill(signal);
    await ended;
  }
}
