// `spawn_many`, `yield_many`, `oneshot_ping_pong`, `chained_spawn`: the benchmarks of Tokio's scheduler,
// by their definitions. A oneshot channel is a promise; a channel to tell over is a callback.
'use strict';

const { nsPerOp } = require('./output.js');

// Measures run(), which gives how many operations it did; all of them are expected.
async function benchmark(ops, run) {
  const start = process.hrtime.bigint();
  const done = await run();
  const elapsed = process.hrtime.bigint() - start;
  return { metrics: [nsPerOp(elapsed, ops)], checksum: done, expected: ops, ops };
}

// A promise and the function that fulfils it.
function oneshot() {
  let send;
  const receive = new Promise((resolve) => { send = resolve; });
  return { send, receive };
}

function runSpawnMany({ tasks, rounds }) {
  return benchmark(tasks * rounds, async () => {
    let done = 0;
    for (let round = 0; round < rounds; round++) {
      const told = oneshot();
      let left = tasks;
      // The first await makes it a task that runs later, as elsewhere.
      const countDown = async () => {
        await null;
        if (--left === 0) {
          told.send();
        }
      };
      for (let i = 0; i < tasks; i++) {
        countDown();
      }
      await told.receive;
      done += tasks - left;
    }
    return done;
  });
}

function runYieldMany({ tasks, yields }) {
  return benchmark(tasks * yields, async () => {
    const told = oneshot();
    let left = tasks;
    let done = 0;
    const yieldAndTell = async () => {
      let cameBack = 0;
      for (; cameBack < yields; cameBack++) {
        await null;
      }
      done += cameBack;
      if (--left === 0) {
        told.send();
      }
    };
    for (let i = 0; i < tasks; i++) {
      yieldAndTell();
    }
    await told.receive;
    return done;
  });
}

function runOneshotPingPong({ pings, rounds }) {
  return benchmark(pings * rounds, async () => {
    let answered = 0;
    for (let round = 0; round < rounds; round++) {
      const told = oneshot();
      let left = pings;
      const pingOnce = async () => {
        await null;
        const ping = oneshot();
        const pong = oneshot();
        (async () => { pong.send(await ping.receive); })();
        ping.send(1);
        const value = await pong.receive; // Before the sum is read: others add to it meanwhile.
        answered += value;
        if (--left === 0) {
          told.send();
        }
      };
      (async () => {
        await null;
        for (let i = 0; i < pings; i++) {
          pingOnce();
        }
      })();
      await told.receive;
    }
    return answered;
  });
}

async function spawnNext(left, ran, told) {
  await null;
  if (left === 1) {
    told.send(ran + 1);
  } else {
    spawnNext(left - 1, ran + 1, told);
  }
}

function runChainedSpawn({ tasks, rounds }) {
  return benchmark(tasks * rounds, async () => {
    let done = 0;
    for (let round = 0; round < rounds; round++) {
      const told = oneshot();
      spawnNext(tasks, 0, told);
      done += await told.receive;
    }
    return done;
  });
}

module.exports = { runChainedSpawn, runOneshotPingPong, runSpawnMany, runYieldMany };
