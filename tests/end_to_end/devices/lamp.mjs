// A lamp, written with nats.js as a newcomer would: announce, tell the state, take commands.
// node lamp.mjs NATS_URL TYPE.ID   One JSON line on standard output for each thing that happens.
import { connect } from "@nats-io/transport-node";

const [url, identity] = process.argv.slice(2);
const [type, id] = identity.split(".");
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const nats = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100, waitOnFirstConnect: true });
const state = { light: { state: "off" } };
const answers = new Map();

async function announce() {
  const lamp = {
    schema: 1, type, id, name: "Reading lamp", manufacturer: "Acme", model: "nats.js", suggested_area: "Study",
    entities: [{ key: "light", platform: "light", name: null, supported_color_modes: ["brightness"] }],
  };
  for (let wait = 100; ; wait = Math.min(wait * 2, 2000)) {
    try {
      const reply = (await nats.request("home.discovery.announce", JSON.stringify(lamp), { timeout: 3000 })).json();
      if (reply.ok || reply.errors?.[0]?.code !== "NOT_STORED") return say({ announced: reply });
    } catch (error) {
      say({ waiting: error.message });
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

const tell = () => nats.publish(`home.devices.${type}.${id}.state`, JSON.stringify(state));

nats.subscribe(`home.devices.${type}.${id}.set`, {
  callback: (_, message) => {
    const command = message.json();
    if (!answers.has(command.id)) {
      if (command.action === "turn_on") {
        state.light = { state: "on", brightness: command.params.brightness ?? 255 };
      } else {
        state.light = { state: "off" };
      }
      tell();
      say({ executed: command });
      answers.set(command.id, JSON.stringify({ ok: true, state: state.light }));
    }
    message.respond(answers.get(command.id));
  },
});

(async () => {
  for await (const status of nats.status()) {
    if (status.type === "reconnect") await announce().then(tell);
  }
})();

await announce();
tell();
say({ ready: true });
