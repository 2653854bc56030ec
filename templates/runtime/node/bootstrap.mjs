// Runs a Node.js handler: asks the Lambda Runtime API for events and hands back results.
// Started by the engine as `node bootstrap.mjs` with Lambda's environment variables.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { format } from 'node:util';
import { pathToFileURL } from 'node:url';
import { install as installResolver } from './resolve.mjs';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const taskRoot = process.env.LAMBDA_TASK_ROOT;
const jsonLogs = (process.env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
const invocationPath = '/2018-06-01/runtime/invocation/';
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const exit = process.exit.bind(process);
const streamTag = Symbol.for('aws.lambda.runtime.handler.streaming');
const httpType = 'application/vnd.awslambda.http-integration-response';

let requestId;

function call(method, target, headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const length = method === 'POST' ? { 'Content-Length': Buffer.byteLength(body) } : {};
    const options = { host, port, method, path: target, agent, headers: { ...headers, ...length } };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({
        status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks),
      }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

// An event of several lines, as frames on standard output: the engine's function_log.h.
function writeEvent(text) {
  const data = Buffer.from(text);
  const time = BigInt(Date.now()) * 1000n;
  const size = 4096 - 16;
  for (let start = 0; start < data.length; start += size) {
    const piece = data.subarray(start, start + size);
    const head = Buffer.alloc(16);
    head.writeUInt32BE(start + size >= data.length ? 0xa55a0003 : 0xa55a0002, 0);
    head.writeUInt32BE(piece.length, 4);
    head.writeBigUInt64BE(time, 8);
    writeWhole(Buffer.concat([head, piece]));
  }
}

function writeWhole(buffer) {
  for (;;) {
    try {
      fs.writeSync(1, buffer);
      return;
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function log(level, values) {
  const time = new Date().toISOString();
  if (!jsonLogs) {
    writeEvent(`${time}\t${requestId}\t${level}\t${format(...values)}\n`);
    return;
  }
  const single = values.length === 1 && typeof values[0] === 'object' && !(values[0] instanceof Error);
  const line = { timestamp: time, level, requestId, message: single ? values[0] : format(...values) };
  const error = values.find((value) => value instanceof Error);
  if (error) Object.assign(line, errorOf(error));
  writeEvent(JSON.stringify(line) + '\n');
}

function patchConsole() {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', trace: 'TRACE', warn: 'WARN', error: 'ERROR' };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...values) => log(level, values);
  }
}

function errorOf(error) {
  if (!(error instanceof Error)) {
    const message = typeof error === 'string' ? error : JSON.stringify(error);
    return { errorType: typeof error, errorMessage: message, trace: [] };
  }
  return {
    errorType: error.name, errorMessage: error.message, trace: (error.stack || '').split('\n'),
  };
}

function postError(target, error) {
  const body = errorOf(error);
  const type = body.errorType.replace(/[^\x20-\x7e]/g, '?');
  return call('POST', target, {
    'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': type,
  }, JSON.stringify(body));
}

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

async function importModule(base) {
  for (const suffix of ['', '.js', '.mjs', '.cjs']) {
    const file = base + suffix;
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) continue;
    try {
      return await import(pathToFileURL(file).href);
    } catch (error) {
      if (error instanceof SyntaxError) {
        error.name = 'Runtime.UserCodeSyntaxError';
      } else if (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') {
        error.name = 'Runtime.ImportModuleError';
      }
      throw error;
    }
  }
  try {
    return createRequire(path.join(taskRoot, 'index.js'))(base);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${path.basename(base)}'`);
  }
}

// The handler "module.function", "folder/module.function", "module.object.function".
async function load(name) {
  const folder = path.dirname(name);
  const match = path.basename(name).match(/^([^.]*)\.(.*)$/);
  if (!match || name.includes('..')) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const module = await importModule(path.resolve(taskRoot, folder, match[1]));
  const find = (from) => match[2].split('.').reduce((value, key) => value && value[key], from);
  const handler = find(module) ?? find(module.default);
  if (!handler) {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  }
  return handler;
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const client = headers['lambda-runtime-client-context'];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: requestId,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: client ? JSON.parse(client) : undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

// Callback style: the result counts when the event loop is empty, unless the handler says otherwise.
// 'beforeExit' tells when it is empty; the pending call that it wakes keeps the process alive.
function whenIdle(context) {
  if (!context.callbackWaitsForEmptyEventLoop) return Promise.resolve();
  return new Promise((resolve) => process.once('beforeExit', () => setImmediate(resolve)));
}

function runHandler(handler, event, context) {
  return new Promise((resolve, reject) => {
    // A result that never comes: Lambda answers null.
    const empty = () => resolve(null);
    process.once('beforeExit', empty);
    const settle = (action) => (value) => {
      process.removeListener('beforeExit', empty);
      action(value);
    };
    const done = (error, result) => {
      process.removeListener('beforeExit', empty);
      whenIdle(context).then(() => (error ? reject(error) : resolve(result)));
    };
    context.done = done;
    context.succeed = (result) => done(null, result);
    context.fail = (error) => done(error ?? 'handled');
    let result;
    try {
      result = handler(event, context, done);
    } catch (error) {
      settle(reject)(error);
      return;
    }
    if (result && typeof result.then === 'function') result.then(settle(resolve), settle(reject));
    else if (result !== undefined && handler.length < 3) settle(resolve)(result);
  });
}

class ResponseStream extends PassThrough {
  setContentType(type) {
    this.contentType = type;
  }
}

// awslambda.streamifyResponse: what the handler writes is sent as it comes; an error after that is told
// behind it.
async function runStreaming(handler, event, context, target) {
  const stream = new ResponseStream();
  let request, answered;
  stream.on('data', (chunk) => {
    if (!request) ({ request, answered } = openResponse(target, stream.contentType || 'application/octet-stream'));
    if (!request.write(chunk)) {
      stream.pause();
      request.once('drain', () => stream.resume());
    }
  });
  const ended = new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
  try {
    ended.catch(() => {});
    await handler(event, stream, context);
    if (!stream.writableEnded) stream.end();
    await ended;
  } catch (error) {
    if (!request) throw error;
    logError('Invoke Error', error);
    const body = errorOf(error);
    request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': body.errorType.replace(/[^\x20-\x7e]/g, '?'),
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(body)).toString('base64'),
    });
  }
  if (!request) ({ request, answered } = openResponse(target, stream.contentType || 'application/octet-stream'));
  request.end();
  await answered;
}

function openResponse(target, type) {
  const headers = {
    'Content-Type': type, 'Lambda-Runtime-Function-Response-Mode': 'streaming', 'Transfer-Encoding': 'chunked',
    Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
  };
  const request = http.request({ host, port, method: 'POST', path: `${target}/response`, agent, headers });
  const answered = new Promise((resolve, reject) => {
    request.on('response', (response) => response.resume().on('end', resolve).on('error', reject));
    request.on('error', reject);
  });
  answered.catch(() => {});
  return { request, answered };
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[streamTag] = true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType(httpType);
      stream.write(JSON.stringify(prelude));
      stream.write(Buffer.alloc(8));
      return stream;
    },
  },
};

async function serveOne(handler) {
  const next = await call('GET', `${invocationPath}next`);
  if (next.status !== 200) exit(1);
  requestId = next.headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'] ?? '';
  const target = invocationPath + requestId;
  const context = contextOf(next.headers);
  try {
    const event = JSON.parse(next.body.toString() || 'null');
    if (handler[streamTag]) {
      await runStreaming(handler, event, context, target);
      return;
    }
    const result = await runHandler(handler, event, context);
    const body = JSON.stringify(result === undefined ? null : result);
    await call('POST', `${target}/response`, { 'Content-Type': 'application/json' }, body ?? 'null');
  } catch (error) {
    logError('Invoke Error', error);
    await postError(`${target}/error`, error);
  }
}

function logError(what, error) {
  const { errorType, errorMessage, trace } = errorOf(error);
  if (jsonLogs) log('ERROR', [error]);
  else log('ERROR', [`${what} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`]);
}

// An error outside of the handler's promise ends the process, as on Lambda.
function onUncaught(name) {
  return async (error) => {
    const wrapped = error instanceof Error ? error : new Error(String(error));
    if (name) wrapped.message = `${wrapped.name}: ${wrapped.message}`;
    if (name) wrapped.name = name;
    logError(name ? 'Unhandled Promise Rejection' : 'Uncaught Exception', wrapped);
    const target = requestId ? `${invocationPath}${requestId}/error` : '/2018-06-01/runtime/init/error';
    await postError(target, wrapped).catch(() => {});
    exit(129);
  };
}

patchConsole();
installResolver();
process.on('uncaughtException', onUncaught());
process.on('unhandledRejection', onUncaught('Runtime.UnhandledPromiseRejection'));
let handler;
try {
  handler = await load(process.env._HANDLER || '');
} catch (error) {
  logError('Uncaught Exception', error);
  await postError('/2018-06-01/runtime/init/error', error);
  exit(1);
}
for (;;) await serveOne(handler);
