// The views: where each is, what it is called, and the module that draws it.
//
// A view is one module in views/ whose default export is a component; it is given `params` (what
// the path's `:names` stand for) and `query`. `nav` puts it into the navigation: `main`, or `space`
// for what is shown of one space; `isForAll` leaves a view out for keys that are no admin of all
// spaces. How one is added: docs/admin-views.md.
export const VIEWS = [
  { path: '/', title: 'Spaces', nav: 'main', icon: 'spaces', load: () => import('./views/spaces.js') },
  { path: '/operation', title: 'Operation', nav: 'main', icon: 'operation', isForAll: true, load: () => import('./views/operation.js') },
  { path: '/spaces/:space', title: 'Overview', nav: 'space', icon: 'home', load: () => import('./views/space.js') },
  { path: '/spaces/:space/streams', title: 'Streams', nav: 'space', icon: 'streams', load: () => import('./views/streams.js') },
  { path: '/spaces/:space/streams/:stream', title: 'Stream', under: '/spaces/:space/streams', load: () => import('./views/stream.js') },
  { path: '/spaces/:space/graph', title: 'Graph', nav: 'space', icon: 'graph', load: () => import('./views/graph.js') },
  { path: '/spaces/:space/recall', title: 'Recall', nav: 'space', icon: 'recall', load: () => import('./views/recall.js') },
  { path: '/spaces/:space/recall/pinned', title: 'Pinned questions', under: '/spaces/:space/recall', load: () => import('./views/pinned.js') },
  { path: '/spaces/:space/notes', title: 'Notes', nav: 'space', icon: 'notes', load: () => import('./views/notes.js') },
  { path: '/spaces/:space/notes/:id', title: 'Note', under: '/spaces/:space/notes', load: () => import('./views/note.js') },
  { path: '/spaces/:space/facts', title: 'Facts', nav: 'space', icon: 'facts', load: () => import('./views/facts.js') },
  { path: '/spaces/:space/trust', title: 'Trust', nav: 'space', icon: 'trust', load: () => import('./views/trust.js') },
];
