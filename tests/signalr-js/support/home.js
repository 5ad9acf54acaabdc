// A client of the hub that applies frames as contract/protocol.md tells.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

export async function connect(sidecar, { token = sidecar.token, skipNegotiation = true, hello = true } = {}) {
  const connection = new HubConnectionBuilder()
    .withUrl(sidecar.hub, { accessTokenFactory: () => token, transport: HttpTransportType.WebSockets, skipNegotiation })
    .configureLogging(LogLevel.None)
    .build();
  await connection.start();
  if (hello) {
    const answer = await connection.invoke("Hello", {
      name: "signalr-js", version: "1", platform_version: process.version, schema: 1, instance: `js${process.pid}x${Date.now()}`,
    });
    if (answer.error) throw new Error(JSON.stringify(answer.error));
    connection.hello = answer;
  }
  return connection;
}

export class Home {
  devices = new Map();
  states = new Map();
  events = [];
  position = { epoch: null, since: null, last_event: null, event_epoch: null };
  begins = [];
  ends = 0;
  bye = null;
  entries = 0;
  #named = new Set();

  /** Listens from where this home stands. */
  listen(connection) {
    this.stream = connection.stream("Listen", { ...this.position }).subscribe({
      next: (frame) => this.apply(frame),
      complete: () => (this.completed = true),
      error: (error) => (this.error = error),
    });
    return this;
  }

  apply(frame) {
    if (frame.t === "begin") {
      this.begins.push(frame);
      this.#named.clear();
      this.position.epoch = frame.epoch;
      this.#number(frame);
    } else if (frame.t === "batch") {
      this.#number(frame);
      this.#batch(frame);
    } else if (frame.t === "end") {
      this.ends++;
      if (this.begins.at(-1).full) {
        // Only a tombstone removes: what a full snapshot does not name is unavailable.
        for (const [id, device] of this.devices) if (!this.#named.has(id)) device.online = false;
      }
    } else if (frame.t === "bye") {
      this.bye = frame.error;
      return;
    }
    this.position.since = frame.seq;
  }

  #batch({ devices = [], removed = [], availability = [], states = [], events = [] }) {
    const entries = devices.length + removed.length + availability.length + states.length + events.length;
    if (entries > 1000) throw new Error(`${entries} entries in one batch`);
    this.entries += entries;
    for (const device of devices) {
      const id = `${device.type}.${device.id}`;
      this.#named.add(id);
      this.devices.set(id, device);
    }
    removed.forEach((id) => this.#remove(id));
    for (const { device, online } of availability) Object.assign(this.devices.get(device), { online });
    for (const [entity, value] of states) this.states.set(entity, value);
    for (const event of events) {
      if (event.id > (this.position.last_event ?? 0)) {
        this.position.last_event = event.id;
        this.events.push(event);
      }
    }
  }

  #number({ event_epoch, last_event }) {
    if (event_epoch !== undefined) Object.assign(this.position, { event_epoch, last_event });
  }

  #remove(id) {
    this.devices.delete(id);
    for (const entity of [...this.states.keys()]) if (entity.startsWith(`${id}.`)) this.states.delete(entity);
  }
}
