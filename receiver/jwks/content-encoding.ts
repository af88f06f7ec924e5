import { promisify } from 'node:util';
import type { ZlibOptions } from 'node:zlib';

type Unpack = (body: Buffer, options: ZlibOptions) => Promise<Buffer>;

/**
 * Unpacks a body by its `content-encoding`, also where none was asked for: some servers and caches pack whatever they send
 * (RFC 9110, section 8.4).
 *
 * @param encoding what stands in the header; of a name that is not known the body is left as it is, for its reader to judge
 * @param maxBytes that it may have when it is unpacked: a small body can hold a large one
 * @throws Error where it cannot be unpacked, or becomes too large
 */
export async function unpacked(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  const unpack = await unpackOf(encoding?.trim().toLowerCase(), body);
  return unpack ? await unpack(body, { maxOutputLength: maxBytes }) : body;
}

async function unpackOf(encoding: string | undefined, body: Buffer): Promise<Unpack | undefined> {
  if (encoding === undefined || !['gzip', 'x-gzip', 'deflate', 'br'].includes(encoding)) {
    return undefined;
  }
  // Hardly ever needed.
  const { brotliDecompress, gunzip, inflate, inflateRaw } = await import('node:zlib');
  switch (encoding) {
    case 'br':
      return promisify(brotliDecompress);
    case 'deflate':
      // RFC 9110, section 8.4.1.2: some send it without the zlib format around it, whose first byte is this one.
      return promisify(body[0] === 0x78 ? inflate : inflateRaw);
    default:
      return promisify(gunzip);
  }
}
