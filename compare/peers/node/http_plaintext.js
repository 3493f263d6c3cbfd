// `http_plaintext` with node:http, Node's own server.
'use strict';

const http = require('node:http');
const { printLine } = require('./output.js');

// Serves until as many connections as told were accepted and have all closed.
function runHttpPlaintext({ connections }) {
  return new Promise((resolve, reject) => {
    let closed = 0;
    let answered = 0;
    const server = http.createServer((request, response) => {
      answered++;
      response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 13 });
      response.end('Hello, World!');
    });
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      // Not before the last has closed: close() would close those that wait for a request.
      socket.on('close', () => {
        if (++closed === connections) {
          server.close();
        }
      });
    });
    server.on('clientError', reject);
    server.on('error', reject);
    server.on('close', () =>
      resolve({ metrics: [], checksum: answered, expected: answered, ops: connections }));
    // A connection with nothing to do is not to be closed: the client says when it ends.
    server.keepAliveTimeout = 0;
    server.listen({ host: '127.0.0.1', port: 0, backlog: 65535 }, () =>
      printLine({ listening: server.address().port }));
  });
}

module.exports = { runHttpPlaintext };
