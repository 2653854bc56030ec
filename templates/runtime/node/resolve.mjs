// ES modules find packages in the folders of NODE_PATH, as on Lambda since Node.js 18: Node.js itself
// looks there for require() only.
// https://aws.amazon.com/blogs/compute/node-js-18-x-runtime-now-available-in-aws-lambda/
import fs from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// A module beside each folder would look into it.
const places = (process.env.NODE_PATH ?? '').split(':')
  .filter((folder) => path.basename(folder) === 'node_modules' && fs.existsSync(folder))
  .map((folder) => pathToFileURL(path.join(path.dirname(folder), 'module.js')).href);

const isPackage = (specifier) => !/^([./#]|[a-z]+:)/i.test(specifier);
const isMissing = (error) => error.code === 'ERR_MODULE_NOT_FOUND';

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isMissing(error) || !isPackage(specifier)) throw error;
    for (const parentURL of places) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch (other) {
        if (!isMissing(other)) throw other;
      }
    }
    throw error;
  }
}

function resolveAtOnce(specifier, context, next) {
  try {
    return next(specifier, context);
  } catch (error) {
    if (!isMissing(error) || !isPackage(specifier)) throw error;
    for (const parentURL of places) {
      try {
        return next(specifier, { ...context, parentURL });
      } catch (other) {
        if (!isMissing(other)) throw other;
      }
    }
    throw error;
  }
}

// Without such a folder nothing is hooked in: starting the thread of the older way takes time.
export function install() {
  if (places.length === 0) return;
  if (module.registerHooks) module.registerHooks({ resolve: resolveAtOnce });
  else if (module.register) module.register(import.meta.url);
}
