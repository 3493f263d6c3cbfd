// `echo` and `read_to_end`: TCP servers on Node's sockets.
//
// Node sizes the buffer of a read itself (64 KiB), so the 16 KiB of the definition cannot be had;
// with one request outstanding a connection and messages of up to 16 KiB that makes no difference.
'use strict';

const net = require('node:net');
const { printLine } = require('./output.js');

// FNV-1a 64 on two halves of 32 bits, for numbers are exact only to 53 bits, and bigints slow. The
// prime is 2^40 + 0x1b3; what the product carries beyond 2^64 falls off.
function fnv1a(chunks) {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i++) {
      const mixed = (low ^ chunk[i]) >>> 0;
      const product = mixed * 0x1b3;
      low = product >>> 0;
      high = (Math.imul(high, 0x1b3) + (mixed << 8) + (product - low) / 0x100000000) >>> 0;
    }
  }
  return BigInt(high) << 32n | BigInt(low);
}

// Calls done(bytes echoed) once all was sent back.
function echo(socket, done) {
  let total = 0;
  socket.on('data', (chunk) => {
    total += chunk.length;
    if (!socket.write(chunk)) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  });
  socket.on('end', () => socket.end(() => done(BigInt(total))));
}

// Calls done(hash) once the hash was sent.
function readToEnd(socket, done) {
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('end', () => {
    const hash = fnv1a(chunks);
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64LE(hash);
    socket.end(answer, () => done(hash));
  });
}

// Accepts as many connections as told, has each handled, and sums up what the handlers give. The
// first error of any of them fails the run.
function serve(connections, handle) {
  return new Promise((resolve, reject) => {
    let accepted = 0;
    let sum = 0n;
    const options = { allowHalfOpen: true, noDelay: true };
    const server = net.createServer(options, (socket) => {
      if (++accepted === connections) {
        server.close(); // Completes when the last connection has closed.
      }
      socket.on('error', reject);
      handle(socket, (part) => { sum = BigInt.asUintN(64, sum + part); });
    });
    server.on('error', reject);
    // What the clients sent is known only to them, who compare the checksum with their own.
    server.on('close', () =>
      resolve({ metrics: [], checksum: sum, expected: sum, ops: connections }));
    // The kernel shortens the queue of connections not yet accepted to net.core.somaxconn.
    server.listen({ host: '127.0.0.1', port: 0, backlog: 65535 }, () =>
      printLine({ listening: server.address().port }));
  });
}

module.exports = {
  runEcho: ({ connections }) => serve(connections, echo),
  runReadToEnd: ({ connections }) => serve(connections, readToEnd),
};
