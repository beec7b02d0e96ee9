export { intelMigrations, type Sealer } from './feeds.ts';
export { type IntelRoutesOptions, intelRoutes } from './routes.ts';
export { Intel, type IntelOptions } from './service.ts';
