import * as http from 'node:http';
import { DataApiError } from './errors.js';

/**
 * Asks the emulator's IAM whether the caller may do what the request says, by handing it the very same request: its
 * signature is valid for the host that it names, wherever it goes. The emulator knows no cluster, so it does nothing else.
 *
 * @throws DataApiError `AccessDeniedException`
 */
export async function authorise(endpoint: string, request: http.IncomingMessage, body: Buffer): Promise<void> {
  const { status, text } = await forward(new URL(request.url ?? '/', endpoint), request, body);
  if (status !== 401 && status !== 403) return;
  throw new DataApiError('AccessDeniedException', messageOf(text));
}

function forward(url: URL, { method, headers }: http.IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = http.request(url, { method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function messageOf(text: string): string {
  try {
    const { message, Message } = JSON.parse(text) as { message?: string; Message?: string };
    return message ?? Message ?? text;
  } catch {
    return text;
  }
}
