#!/usr/bin/env node
// The official JavaScript client as a contender of bench/Nats.Bench: bench.js URL. The first line of output names the client and its cases; then each line of input
// ("CASE SIZE MESSAGES") is one measurement, answered by one line of JSON. Two ends of a wire are two connections, as in the harness.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";

const TIMEOUT_MS = 30_000;
// So often the loop lets the sockets read and write: a home's program does the same, and the server cuts off who never reads.
const BURST = 500;

const version = JSON.parse(readFileSync(new URL("node_modules/@nats-io/transport-node/package.json", import.meta.url), "utf8")).version;
const [, , servers] = process.argv;
const [first, second] = await Promise.all([connect({ servers, timeout: TIMEOUT_MS }), connect({ servers, timeout: TIMEOUT_MS })]);

const breathe = () => new Promise(setImmediate);

async function measured(messages, run) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await run();
  const elapsed_ns = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(cpu);
  return { messages, elapsed_ns, cpu_ns: (user + system) * 1000 };
}

async function measuredEach(operations, operation) {
  const times = new Float64Array(operations);
  const whole = await measured(operations, async () => {
    for (let i = 0; i < operations; i++) {
      const start = process.hrtime.bigint();
      await operation();
      times[i] = Number(process.hrtime.bigint() - start);
    }
  });
  times.sort();
  const percentile = (share) => times[Math.min(Math.floor(operations * share), operations - 1)];
  return { ...whole, p50_ns: percentile(0.5), p99_ns: percentile(0.99) };
}

async function publishMany(subject, payload, messages) {
  for (let i = 1; i <= messages; i++) {
    first.publish(subject, payload);
    if (i % BURST === 0) await breathe();
  }
}

const cases = {
  publish: (payload, messages) => measured(messages, async () => {
    await publishMany("bench.p", payload, messages);
    await first.flush();
  }),

  async pubsub(payload, messages) {
    let done;
    const all = new Promise((resolve) => { done = resolve; });
    let left = messages;
    const subscription = second.subscribe("bench.ps", { callback: () => { if (--left === 0) done(); } });
    await second.flush();
    const result = await measured(messages, async () => {
      await publishMany("bench.ps", payload, messages);
      await all;
    });
    subscription.unsubscribe();
    return result;
  },

  async request(payload, messages) {
    const subscription = second.subscribe("bench.rr", { callback: (_error, message) => message.respond(message.data) });
    await second.flush();
    const result = await measuredEach(messages, () => first.request("bench.rr", payload, { timeout: TIMEOUT_MS }));
    subscription.unsubscribe();
    return result;
  },

  async js(payload, messages) {
    const manager = await jetstreamManager(first);
    await manager.streams.add({ name: "BENCH", subjects: ["bench.js"], storage: "memory" });
    const js = jetstream(first);
    const result = await measuredEach(messages, () => js.publish("bench.js", payload));
    await manager.streams.delete("BENCH");
    return result;
  },

  async kvput(payload, messages) {
    const bucket = await new Kvm(first).create("bench", { storage: "memory" });
    const result = await measuredEach(messages, () => bucket.put("light.hall", payload));
    await bucket.destroy();
    return result;
  },
};

const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

answer({ client: `nats.js ${version}`, cases: Object.keys(cases) });
for await (const line of createInterface({ input: process.stdin })) {
  const [name, size, messages] = line.split(" ");
  answer(await cases[name](new Uint8Array(Number(size)), Number(messages)));
}
await Promise.all([first.close(), second.close()]);
