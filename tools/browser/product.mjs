// The built product, started on an empty data folder and stopped as Ctrl-C would.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '../..');
const BINARY = process.env.ARCHIPEL_BIN ?? path.join(ROOT, 'target/debug/archipel');
const output = promisify(execFile);
const START_BOUND_MS = 60_000;
const STOP_BOUND_MS = 30_000;

/**
 * Starts `archipel up` on a free port and a new data folder (or `data`, which is then left in place) and waits until
 * it is ready. Returns `{ origin, data, run(...args), log(), stop(), kill() }`: `run` runs another command on the same
 * data folder, from the project's root, and gives what it printed; `stop` gives the exit code.
 * The origin is `localhost`, because a browser refuses passkeys on an address.
 */
export async function startProduct({ data, args = [], env = {}, binary = BINARY, ready = '/health/ready' } = {}) {
  const folder = data ?? (await mkdtemp(path.join(tmpdir(), 'archipel-story-')));
  const port = await freePort();
  const child = spawn(binary, ['up', '--data', folder, '--listen', `127.0.0.1:${port}`, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  const log = () => Buffer.concat(said).toString('utf8');
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(`cannot be started: ${error.message}`));
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  // If this process ends first, whatever the reason, the product ends with it.
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  const finish = async (signal) => {
    child.kill(signal);
    const late = new Promise((resolve) => setTimeout(resolve, STOP_BOUND_MS, undefined).unref());
    const code = await Promise.race([ended, late]);
    if (code === undefined) child.kill('SIGKILL');
    process.off('exit', last);
    if (!data) await rm(folder, { recursive: true, force: true });
    if (code === undefined) throw new Error(`the product did not end within 30 s of ${signal}\n${tail(log())}`);
    return code;
  };
  try {
    await untilReady(`http://127.0.0.1:${port}${ready}`, ended);
  } catch (error) {
    await finish('SIGKILL');
    throw new Error(`${error.message}\n${tail(log())}`);
  }
  return {
    origin: `http://localhost:${port}`,
    data: folder,
    run: async (...command) => (await output(binary, [...command, '--data', folder], { cwd: ROOT })).stdout,
    log,
    stop: () => finish('SIGINT'),
    kill: () => finish('SIGKILL'),
  };
}

async function untilReady(url, ended) {
  const end = Date.now() + START_BOUND_MS;
  let over;
  ended.then((code) => (over = { code }));
  while (Date.now() < end) {
    if (over) throw new Error(`the product ended before it was ready: ${over.code}`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the product was not ready within 60 s');
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function tail(text) {
  return text.trimEnd().split('\n').slice(-20).join('\n');
}
