// `sleepers`: what an async function costs that only waits.
'use strict';

const { memoryNow, processCpuNs } = require('./machine.js');
const { nsPerOp, sumBelow } = require('./output.js');

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// When all wake. Moved on while not all are asleep yet, so a sleeper looks again when it wakes.
class CommonInstant {
  #start = performance.now();
  #delayMs;

  constructor(delayMs) {
    this.#delayMs = delayMs;
  }

  left() {
    return this.#start + this.#delayMs - performance.now();
  }

  postponeIfEarly() {
    if (performance.now() - this.#start > this.#delayMs * 0.75) {
      this.#delayMs *= 2;
    }
  }
}

async function sleeper(instant, index) {
  for (let left; (left = instant.left()) > 0;) {
    await sleep(Math.ceil(left));
  }
  return index;
}

async function runSleepers({ tasks, sleep_ms: sleepMs }) {
  const before = memoryNow();
  const cpuAtStart = processCpuNs();
  const instant = new CommonInstant(sleepMs);
  const handles = [];
  for (let index = 0; index < tasks; index++) {
    handles.push(sleeper(instant, index)); // Sleeps when the call returns.
    instant.postponeIfEarly();
  }
  const grown = memoryNow() - before;
  let sum = 0;
  for (const handle of handles) {
    sum += await handle;
  }
  const cpuNs = processCpuNs() - cpuAtStart;
  return {
    metrics: [
      { metric: 'bytes_per_task', unit: 'B', value: Math.max(0, grown / tasks) },
      nsPerOp(cpuNs, tasks),
    ],
    checksum: sum,
    expected: sumBelow(tasks),
    ops: tasks,
  };
}

module.exports = { runSleepers };
