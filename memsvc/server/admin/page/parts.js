// Everything that views are made of, from one place.
export * from './parts/announce.js';
export * from './parts/basics.js';
export * from './parts/chart.js';
export * from './parts/dialog.js';
export * from './parts/icons.js';
export * from './parts/list.js';
export * from './parts/states.js';
export * from './parts/table.js';
export * from './parts/tabs.js';
