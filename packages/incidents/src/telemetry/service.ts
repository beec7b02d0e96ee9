import type { ProcessTree } from '@parapet/schema';
import type { Context } from '../types.ts';

export class TelemetryService {
  readonly context: Context;
  constructor(context: Context) {
    this.context = context;
  }
  async processTree(_id: string): Promise<ProcessTree> {
    throw new Error('todo');
  }
}
