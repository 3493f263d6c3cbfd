// What the kernel says of this process: memory and CPU time.
'use strict';

const fs = require('node:fs');

// The sum of some fields of /proc/self/status, which are given there in kB.
function statusBytes(...fields) {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  const kibibytes = (field) => Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))[1]);
  return fields.reduce((sum, field) => sum + kibibytes(field) * 1024, 0);
}

// What the process keeps from others: resident pages and page tables.
function memoryNow() {
  return statusBytes('VmRSS', 'VmPTE');
}

function processCpuNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

module.exports = { memoryNow, processCpuNs, statusBytes };
