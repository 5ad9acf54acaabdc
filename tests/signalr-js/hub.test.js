// @microsoft/signalr against the real sidecar: node --test (in this folder, after npm ci and a build of the sidecar).
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { connect as connectNats } from "@nats-io/transport-node";
import { connect, Home } from "./support/home.js";
import { eventually, Sidecar } from "./support/sidecar.js";

const SENSORS = 40;
let sidecar;
let device;
const connections = [];

async function hub(options) {
  const connection = await connect(sidecar, options);
  connections.push(connection);
  return connection;
}

async function announce(description, client = device) {
  await eventually(async () => {
    const payload = JSON.stringify({ schema: 1, ...description });
    const reply = await client.request("home.discovery.announce", payload, { timeout: 2000 }).catch(() => undefined);
    return reply?.json().ok;
  }, `${description.type}.${description.id} is announced`);
}

const sensors = (id) => ({
  type: "sensor", id, name: id,
  entities: Array.from({ length: SENSORS }, (_, i) => (
    { key: `s${i}`, platform: "sensor", name: `S${i}`, state_class: "measurement" }
  )),
});

before(async () => {
  sidecar = await Sidecar.start();
  device = await connectNats({ servers: sidecar.nats, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
});

// A test that fails with the sidecar killed takes none of those after it along.
beforeEach(() => sidecar.goesOn());

after(async () => {
  await device?.close();
  await sidecar?.stop();
});

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.stop()));
});

test("a wrong token is refused", async () => {
  await assert.rejects(connect(sidecar, { token: "wrong", skipNegotiation: false }), /401|Unauthorized/);
  await assert.rejects(connect(sidecar, { token: "wrong" }));
});

test("negotiation works as well as skipping it", async () => {
  const { hello } = await hub({ skipNegotiation: false });
  assert.equal(hello.server.name, "hanatsbridge");
  assert.equal(hello.bridge_id.length, 8);
  assert.deepEqual(hello.links, { nats: "up" });
});

test("a device appears, tells its state and answers a command", async () => {
  await announce({ type: "light", id: "desk", name: "Desk", entities: [{ key: "lamp", platform: "switch", name: "Lamp" }] });
  device.subscribe("home.devices.light.desk.set", {
    callback: (_, message) => {
      const { action } = message.json();
      const state = action === "turn_on" ? "on" : "off";
      device.publish("home.devices.light.desk.state.lamp", state);
      message.respond(JSON.stringify({ ok: true, state, response: { heard: action } }));
    },
  });
  await device.flush();
  const connection = await hub();
  const home = new Home().listen(connection);
  await eventually(() => home.devices.get("light.desk")?.online, "the device is there");

  const command = { entity: "light.desk.lamp", action: "turn_on", params: {}, context: { origin: "test" } };
  const outcome = await connection.invoke("Command", command);
  assert.equal(outcome.error, undefined);
  assert.deepEqual(outcome.response, { heard: "turn_on" });
  await eventually(() => home.states.get("light.desk.lamp") === "on", "its state is there");

  const refused = await connection.invoke("Command", { entity: "light.desk.lamp", action: "fly" });
  assert.equal(refused.error.code, "INVALID_COMMAND");
});

test("who comes back hears only what changed", async () => {
  await announce(sensors("resume"));
  for (let i = 0; i < SENSORS; i++) device.publish(`home.devices.sensor.resume.state.s${i}`, `${i}`);
  const first = await hub();
  const home = new Home().listen(first);
  await eventually(() => home.ends === 1 && home.states.get(`sensor.resume.s${SENSORS - 1}`) === SENSORS - 1, "all states");
  await first.stop();
  device.publish("home.devices.sensor.resume.state.s0", "1000");
  await device.flush();

  home.entries = 0;
  home.listen(await hub());
  await eventually(() => home.states.get("sensor.resume.s0") === 1000, "the change");
  assert.equal(home.begins.at(-1).full, false);
  assert.ok(home.entries < 10, `${home.entries} entries`);
});

test("a forgotten device is gone, and comes back without old state", async () => {
  await announce(sensors("gone"));
  const home = new Home().listen(await hub());
  for (let run = 0; run < 5; run++) {
    device.publish("home.devices.sensor.gone.state.s0", `${run}`);
    await eventually(() => home.states.get("sensor.gone.s0") === run, "its state");
    await device.request("home.discovery.remove", JSON.stringify({ type: "sensor", id: "gone" }), { timeout: 5000 });
    await eventually(() => !home.devices.has("sensor.gone"), "it is gone");
    await announce(sensors("gone"));
    await eventually(() => home.devices.has("sensor.gone"), "it is back");
    device.publish("home.devices.sensor.gone.state.s1", "1");
    await eventually(() => home.states.get("sensor.gone.s1") === 1, "its new state");
    assert.equal(home.states.get("sensor.gone.s0") ?? null, null);
  }
});

test("a health report becomes diagnostic sensors", async () => {
  await announce(sensors("healthy"));
  const home = new Home().listen(await hub());
  device.publish("home.devices.sensor.healthy.health", JSON.stringify({ status: "online", rssi: -61, note: "any" }));
  await eventually(() => home.states.get("sensor.healthy.health_rssi") === -61, "the signal strength");
  assert.ok(home.devices.get("sensor.healthy").entities.some((entity) => entity.key === "health_rssi"));
});

test("a gateway comes before what stands behind it, whoever announced first", async () => {
  await announce({ ...sensors("behind"), via_device: "gateway.attic" });
  await announce({ type: "gateway", id: "attic", name: "Attic", entities: [{ key: "up", platform: "sensor", name: "Up" }] });
  const order = [];
  const home = new Home();
  const apply = home.apply.bind(home);
  home.apply = (frame) => {
    order.push(...(frame.devices ?? []).map((d) => `${d.type}.${d.id}`));
    apply(frame);
  };
  home.listen(await hub());
  await eventually(() => home.ends === 1, "the snapshot");
  assert.ok(order.indexOf("gateway.attic") < order.indexOf("sensor.behind"), order.join());
});

test("a device without a lease is offline when the connection that holds its .set is closed", async () => {
  const leaving = await connectNats({ servers: sidecar.nats });
  leaving.subscribe("home.devices.sensor.leaving.set");
  await announce(sensors("leaving"), leaving);
  const home = new Home().listen(await hub());
  await eventually(() => home.devices.get("sensor.leaving")?.online === true, "online");
  await leaving.close();
  await eventually(() => home.devices.get("sensor.leaving")?.online === false, "offline");
});

test("reported events are stored, malformed ones named", async () => {
  const connection = await hub();
  const result = await connection.invoke("Report", 1, [
    { type: "state_changed", entity_id: "sun.sun", state: "above_horizon", attributes: {}, previous: "below_horizon" },
    { type: "state_changed", entity_id: "no entity" },
    { type: "system", event: "started", data: {} },
  ]);
  assert.equal(result.stored, 3);
  assert.deepEqual(result.rejected.map((r) => r.number), [2]);
});

test("diagnostics name the device's wrong values", async () => {
  await announce(sensors("wrong"));
  device.publish("home.devices.sensor.wrong.state.s0", "warm");
  const connection = await hub();
  await eventually(async () => {
    const { wrong_values } = await connection.invoke("Diagnostics", "sensor.wrong");
    return wrong_values?.[0]?.path === "s0";
  }, "the wrong value");
  const whole = await connection.invoke("Diagnostics", null);
  assert.ok(!JSON.stringify(whole).includes(sidecar.token));
});

test("after SIGKILL of the sidecar in the middle of traffic every state is right and no event is lost or doubled", async () => {
  await announce(sensors("kill"));
  const bell = { key: "bell", platform: "event", name: "Bell", event_types: ["ring"] };
  await announce({ type: "door", id: "front", name: "Door", entities: [bell] });
  const home = new Home().listen(await hub());
  await eventually(() => home.devices.has("door.front"), "the devices");
  let round = 0;
  const publishRound = async () => {
    round++;
    for (let i = 0; i < SENSORS; i++) device.publish(`home.devices.sensor.kill.state.s${i}`, `${round}`);
    await device.flush();
  };
  device.publish("home.devices.door.front.event.bell", "ring");
  await eventually(() => home.events.length === 1, "the first ring");
  for (let i = 0; i < 50; i++) await publishRound();
  await sidecar.kill();
  for (let i = 0; i < 50; i++) await publishRound();
  device.publish("home.devices.door.front.event.bell", "ring");
  await device.flush();
  await sidecar.run();

  home.listen(await hub());
  const shown = () => Array.from({ length: SENSORS }, (_, i) => home.states.get(`sensor.kill.s${i}`));
  await eventually(() => shown().every((state) => state === round), "every last value");
  await eventually(() => home.events.length === 2, "the ring while it was away");
  await publishRound();
  await eventually(() => home.states.get("sensor.kill.s0") === round, "it goes on");
  assert.equal(home.events.length, 2);
});

test("a stopping sidecar says goodbye with the time to come back", async () => {
  const home = new Home().listen(await hub());
  await eventually(() => home.ends === 1, "the snapshot");
  await sidecar.stop();
  await eventually(() => home.bye !== null, "goodbye");
  assert.equal(home.bye.code, "SHUTDOWN");
  assert.equal(home.bye.details.retry_after, 2);
});
