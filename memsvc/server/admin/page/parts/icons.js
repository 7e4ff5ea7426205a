// Icons, drawn on 24 by 24 with a line of the text's colour. They say nothing that text does not.
import { html } from '../lib/ui.js';

const PATHS = {
  spaces: ['M4 6h16v5H4z', 'M4 14h16v5H4z', 'M7.5 8.5h.01', 'M7.5 16.5h.01'],
  home: ['M4 11 12 4l8 7', 'M6 10v9h12v-9'],
  streams: ['M4 6h11', 'M4 12h16', 'M4 18h8'],
  graph: ['M6 7.5 12 17', 'M18 7.5 12 17', 'M8 6h8', 'M6 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4z', 'M18 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4z', 'M12 20.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z'],
  recall: ['M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z', 'M20 20l-4-4'],
  notes: ['M6 3h9l4 4v14H6z', 'M14 3v5h5', 'M9 13h6', 'M9 17h6'],
  facts: ['M5 12l4 4L19 6'],
  trust: ['M12 3l7 3v6c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z'],
  operation: ['M4 19V9', 'M10 19V5', 'M16 19v-7', 'M20 19H2'],
  keys: ['M8 15a4 4 0 1 0 0-8 4 4 0 0 0 0 8z', 'M12 11h9', 'M18 11v4'],
  plus: ['M12 5v14', 'M5 12h14'],
  minus: ['M5 12h14'],
  fit: ['M4 9V4h5', 'M15 4h5v5', 'M20 15v5h-5', 'M9 20H4v-5'],
  download: ['M12 4v11', 'M7 11l5 5 5-5', 'M5 20h14'],
  upload: ['M12 16V5', 'M7 9l5-5 5 5', 'M5 20h14'],
  forget: ['M5 7h14', 'M9 7V4h6v3', 'M7 7l1 13h8l1-13'],
  sun: ['M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z', 'M12 2v2', 'M12 20v2', 'M4 12H2', 'M22 12h-2', 'M5 5l1.5 1.5', 'M17.5 17.5 19 19', 'M19 5l-1.5 1.5', 'M6.5 17.5 5 19'],
  moon: ['M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z'],
  auto: ['M12 3a9 9 0 1 0 0 18z', 'M12 3a9 9 0 0 1 0 18'],
  leave: ['M14 4H6v16h8', 'M11 12h10', 'M18 8.5l3.5 3.5L18 15.5'],
  menu: ['M4 7h16', 'M4 12h16', 'M4 17h16'],
  warn: ['M12 4 2.5 20h19z', 'M12 10v5', 'M12 17.5h.01'],
  chevron: ['M9 6l6 6-6 6'],
  check: ['M5 12.5l4.5 4.5L19 7'],
  refresh: ['M20 11a8 8 0 1 0-2.3 6.2', 'M20 4v7h-7'],
  close: ['M6 6l12 12', 'M18 6 6 18'],
};

export function Icon({ name, label }) {
  const shapes = (PATHS[name] || []).map((d) => html`<path key=${d} d=${d} />`);
  return html`<svg class="icon" viewBox="0 0 24 24" width="18" height="18" role=${label ? 'img' : undefined}
    aria-hidden=${label ? undefined : 'true'} aria-label=${label}>${shapes}</svg>`;
}
