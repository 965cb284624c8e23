import { type Socket } from 'node:net';
import { problem, type Problem } from './problem.js';

/** Answers what is no HTTP, or has headers too long to be read: such bytes reach no route, nor the filter of errors. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, answer] = answerTo(error.code);
  const body = JSON.stringify(answer);
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function answerTo(code: string | undefined): [string, Problem] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const detail = 'The headers of the request are too long. Send 16 KB of them at most.';
    return [
      '431 Request Header Fields Too Large',
      { ...problem('too_large', 'HEADERS_TOO_LARGE', detail), status: 431 },
    ];
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const detail = 'The request did not arrive in time. Send it again.';
    return ['408 Request Timeout', { ...problem('invalid', 'REQUEST_TIMEOUT', detail, true), status: 408 }];
  }
  return ['400 Bad Request', problem('invalid', 'REQUEST_UNREADABLE', 'This is not a request of HTTP/1.1.')];
}
