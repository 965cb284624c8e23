import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AddressHasher, Clock, createLogger, LOGGER, SystemClock, TokenSigner } from '#common';
import { type Config } from './config.js';

/** Injection token of the configuration. */
export const CONFIG = Symbol('CONFIG');

/** Gives every room the configuration and what follows from it alone: logger, clock, signer, hasher. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: Config, clock: Clock = new SystemClock()): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: LOGGER, useValue: createLogger(config.LOG_LEVEL) },
      { provide: Clock, useValue: clock },
      { provide: TokenSigner, useValue: new TokenSigner(config.tokenKeys) },
      { provide: AddressHasher, useValue: new AddressHasher(config.addressKeys) },
    ];
    return { module: ConfigModule, providers, exports: providers.map(provider => provider.provide) };
  }
}
