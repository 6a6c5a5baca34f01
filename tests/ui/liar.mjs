// A server that forks the log: it has the real one's address and keys, its witnesses' too, and cosigns another tree of the size that the
// client says it knows. Just enough of docs/protocol.md, chapters 8 and 9, that a client hears it.
import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

const KIND = { challenge: 1, login: 2, consistency: 23, ok: 64, witnessed: 82 };
/** A private key of Ed25519 is its seed behind this (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Listens where the server of a deployment did; `heard` is told the size of each log that was lied about. */
export async function startLiar(dir, heard) {
  const read = (...path) => readFileSync(join(dir, ...path), 'utf8');
  const log = signer(read('server', 'log.key'));
  const witnesses = ['w1', 'w2'].map((name) => signer(read('witnesses', name, 'witness.key')));
  const [host, port] = /^listen *= *"(.*):(\d+)"/m.exec(read('thamvan.toml')).slice(1);
  const server = createServer({ key: read('server', 'tls.key'), cert: read('server', 'tls.pem'), minVersion: 'TLSv1.3' });
  const sockets = new WebSocketServer({ server, path: '/ws', handleProtocols: () => 'thamvan.v1' });
  sockets.on('connection', (socket) => {
    const say = (kind, id, body) => socket.send(Buffer.concat([head(4, 3), head(0, kind), head(0, id), body]));
    say(KIND.challenge, 0, Buffer.concat([head(4, 4), bytes(2, randomBytes(32)), bytes(3, log.name), head(0, 1), head(0, 1)]));
    socket.on('message', (frame) => {
      const [kind, after] = number(frame, 1);
      const [id] = number(frame, after);
      say(KIND.ok, id, kind === KIND.consistency ? head(4, 0) : Buffer.from([0xf6]));
      if (kind !== KIND.login) return;
      // The note of the largest checkpoint that the client knows stands in its log-in.
      const size = /\n(\d+)\n[\w+/]{43}=\n\n/.exec(frame.toString('latin1'))[1];
      const forged = `${log.name}\n${size}\n${randomBytes(32).toString('base64')}\n`;
      say(KIND.witnessed, 0, Buffer.concat([head(4, 1), bytes(3, cosigned(forged, log, witnesses))]));
      heard(Number(size));
    });
  });
  await new Promise((resolve) => server.listen(Number(port), host, resolve));
  return {
    stop: () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The key of a log or witness: `PRIVATE+KEY+<name>+<id>+<base64(type, seed)>`. */
function signer(text) {
  const [, , name, id, ...rest] = text.trim().split('+');
  const seed = Buffer.from(rest.join('+'), 'base64').subarray(1);
  return { name, id: Buffer.from(id, 'hex'), key: createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' }) };
}

/** A checkpoint (C2SP signed-note) with the lines of the log and of its witnesses (C2SP tlog-cosignature). */
function cosigned(text, log, witnesses) {
  const line = (by, ...parts) => `— ${by.name} ${Buffer.concat([by.id, ...parts]).toString('base64')}\n`;
  const now = Math.floor(Date.now() / 1000);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(now));
  const lines = witnesses.map((one) => line(one, time, sign(null, Buffer.from(`cosignature/v1\ntime ${now}\n${text}`), one.key)));
  return `${text}\n${line(log, sign(null, Buffer.from(text), log.key))}${lines.join('')}`;
}

/** The head of a CBOR item (RFC 8949), its argument below 65,536. */
function head(major, argument) {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  if (argument < 256) return Buffer.from([(major << 5) | 24, argument]);
  return Buffer.from([(major << 5) | 25, argument >> 8, argument & 255]);
}

function bytes(major, content) {
  const buffer = Buffer.from(content);
  return Buffer.concat([head(major, buffer.length), buffer]);
}

/** The CBOR number at a place, and the place behind it. */
function number(buffer, at) {
  const argument = buffer[at] & 31;
  if (argument < 24) return [argument, at + 1];
  const length = 1 << (argument - 24);
  return [buffer.readUIntBE(at + 1, length), at + 1 + length];
}
