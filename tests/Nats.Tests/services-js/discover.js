// Asks all services of a server as `nats micro ls` does, with the official client, and prints what it hears as one line of JSON: node discover.js URL NAME
import { connect } from "@nats-io/transport-node";
import { Svcm } from "@nats-io/services";

const [url, name] = process.argv.slice(2);
const nats = await connect({ servers: url });
const client = new Svcm(nats).client({ maxWait: 2000, strategy: "stall" });

async function all(answers) {
  const heard = [];
  for await (const answer of await answers) heard.push(answer);
  return heard;
}

const heard = {
  ping: await all(client.ping(name)),
  info: await all(client.info(name)),
  stats: await all(client.stats(name)),
};
console.log(JSON.stringify(heard));
await nats.close();
