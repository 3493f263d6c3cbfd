// The Node peer: the comparison's workloads on promises and Node's event loop, without packages.
//
// Obeys docs/design/measurement-protocol.md. This file holds the command line; output.js the lines
// that are printed, machine.js what is read from the kernel, the other files the workloads.
'use strict';

const catalogue = require('../catalogue/workloads.json');
const { UsageError, failUsage, failed, finish, unsupported } = require('./output.js');
const { runPingPong, runRing } = require('./channels.js');
const { runDeepAwait } = require('./deep_await.js');
const { runHttpPlaintext } = require('./http_plaintext.js');
const { runEcho, runReadToEnd } = require('./servers.js');
const {
  runChainedSpawn, runOneshotPingPong, runSpawnMany, runYieldMany,
} = require('./scheduler.js');
const { runSleepers } = require('./sleepers.js');
const { runSkynet, runSpawnJoin, runYield } = require('./tasks.js');

const workloads = {
  yield: runYield,
  spawn_join: runSpawnJoin,
  ping_pong: runPingPong,
  ring: runRing,
  spawn_many: runSpawnMany,
  yield_many: runYieldMany,
  oneshot_ping_pong: runOneshotPingPong,
  chained_spawn: runChainedSpawn,
  skynet: runSkynet,
  deep_await: runDeepAwait,
  sleepers: runSleepers,
  echo: runEcho,
  read_to_end: runReadToEnd,
  http_plaintext: runHttpPlaintext,
  open_loop_latency: runEcho,
  idle_connections: runEcho,
};

function parseCount(text, what) {
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new UsageError(`the value of ${what} must be an integer of at least 0, not '${text}'`);
  }
  return Number(text);
}

function assign(params, keyValue) {
  const equals = keyValue.indexOf('=');
  if (equals < 0) {
    throw new UsageError(`a parameter is given as KEY=VALUE, not '${keyValue}'`);
  }
  const key = keyValue.slice(0, equals);
  if (!Object.hasOwn(params, key)) {
    throw new UsageError(`unknown parameter '${key}'`);
  }
  params[key] = parseCount(keyValue.slice(equals + 1), key);
}

// Takes "--option VALUE" or "--option=VALUE" off the front of `rest`.
function nextOption(rest) {
  const argument = rest.shift();
  const equals = argument.indexOf('=');
  if (equals >= 0) {
    return [argument.slice(0, equals), argument.slice(equals + 1)];
  }
  if (rest.length === 0) {
    throw new UsageError(`'${argument}' is unknown or lacks its value`);
  }
  return [argument, rest.shift()];
}

// What follows `run WORKLOAD`; without --param, the first quick point. The workloads need no seed:
// none of them draws anything at random on this side.
function parseOptions(workload, rest) {
  const entry = catalogue.find(({ name }) => name === workload);
  if (!entry) {
    throw new UsageError(`unknown workload '${workload}'; 'list' names those there are`);
  }
  const params = { ...entry.quick[0] };
  let workers = 1;
  while (rest.length > 0) {
    const [option, value] = nextOption(rest);
    if (option === '--param') {
      assign(params, value);
    } else if (option === '--workers') {
      workers = parseCount(value, option);
    } else if (option === '--seed') {
      parseCount(value, option);
    } else {
      throw new UsageError(`unknown option '${option}'`);
    }
  }
  if (workers < 1) {
    throw new UsageError('--workers must be at least 1');
  }
  return { params, workers };
}

async function main([command, workload, ...rest]) {
  if (command === 'list' && workload === undefined) {
    console.log(JSON.stringify(catalogue));
    return;
  }
  if (command !== 'run' || workload === undefined) {
    throw new UsageError("expected 'list' or 'run WORKLOAD'");
  }
  const { params, workers } = parseOptions(workload, rest);
  if (workers !== 1) {
    unsupported(`promises run on one thread; ${workers} workers share none`);
    return;
  }
  finish(await workloads[workload](params));
}

main(process.argv.slice(2)).catch((error) =>
  error instanceof UsageError ? failUsage(error.message) : failed(error.message));
