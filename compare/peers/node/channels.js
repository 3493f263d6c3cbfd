// `ping_pong` and `ring`: tasks that talk over channels of capacity 1.
//
// Neither the language nor Node has a channel between async functions; this one is the usual kind,
// an object that keeps the resolve functions of those who wait.
'use strict';

const { nsPerOp, sumBelow } = require('./output.js');

// A channel of one place, for one sender and one receiver. A closed channel gives undefined.
class Channel {
  #value;
  #closed = false;
  #wakeReceiver = null;
  #wakeSender = null;

  // Completes when the value is in the channel or with the receiver. A plain function: where there
  // is room, there is nothing to await.
  send(value) {
    if (this.#wakeReceiver !== null) {
      const wake = this.#wakeReceiver;
      this.#wakeReceiver = null;
      wake(value);
      return undefined;
    }
    if (this.#value === undefined) {
      this.#value = value;
      return undefined;
    }
    return new Promise((resolve) => { this.#wakeSender = resolve; }).then(() => this.send(value));
  }

  // The value, or a promise of it.
  receive() {
    const value = this.#value;
    if (value === undefined && !this.#closed) {
      return new Promise((resolve) => { this.#wakeReceiver = resolve; });
    }
    this.#value = undefined;
    if (this.#wakeSender !== null) {
      const wake = this.#wakeSender;
      this.#wakeSender = null;
      wake();
    }
    return value;
  }

  close() {
    this.#closed = true;
    this.#wakeReceiver?.(undefined);
  }
}

async function pong(requests, replies) {
  for (let value; (value = await requests.receive()) !== undefined;) {
    await replies.send(value + 1);
  }
}

async function runPingPong({ round_trips: roundTrips }) {
  const requests = new Channel();
  const replies = new Channel();
  const start = process.hrtime.bigint();
  const peer = pong(requests, replies);
  let sum = 0;
  for (let i = 0; i < roundTrips; i++) {
    await requests.send(i);
    sum += await replies.receive();
  }
  requests.close();
  await peer;
  const elapsed = process.hrtime.bigint() - start;
  return {
    metrics: [nsPerOp(elapsed, roundTrips)],
    checksum: sum,
    expected: sumBelow(roundTrips + 1),
    ops: roundTrips,
  };
}

// Hands the token round until the last hop, whose token goes to onLast; then the ring ends, each
// task when the one before it has.
async function passOn(input, output, hops, onLast) {
  for (let token; (token = await input.receive()) !== undefined;) {
    token++;
    if (token === hops) {
      onLast(token);
      break;
    }
    await output.send(token);
  }
  output.close();
}

async function runRing({ tasks, hops }) {
  const links = Array.from({ length: tasks }, () => new Channel());
  let onLast;
  const last = new Promise((resolve) => { onLast = resolve; });
  const handles = links.map((input, i) => passOn(input, links[(i + 1) % tasks], hops, onLast));

  const start = process.hrtime.bigint();
  await links[0].send(0);
  const token = await last;
  const elapsed = process.hrtime.bigint() - start;
  await Promise.all(handles);
  return { metrics: [nsPerOp(elapsed, hops)], checksum: token, expected: hops, ops: hops };
}

module.exports = { runPingPong, runRing };
