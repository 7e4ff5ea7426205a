// Light, dark, or as the system has it.
import { html, useState } from '../lib/ui.js';
import { Icon } from './icons.js';

const KEY = 'memsvc-theme';
const NEXT = { auto: 'light', light: 'dark', dark: 'auto' };
const ICON = { auto: 'auto', light: 'sun', dark: 'moon' };
const NAME = { auto: 'as the system has it', light: 'light', dark: 'dark' };

export function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme || 'auto');
  const turn = () => {
    const next = NEXT[theme];
    if (next === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch { /* storage may be forbidden; then it holds until the page is closed */ }
    setTheme(next);
  };
  return html`<button type="button" class="icon-button" onClick=${turn} title=${`Colours: ${NAME[theme]}`}>
    <${Icon} name=${ICON[theme]} label=${`Colours: ${NAME[theme]}. Change`} /></button>`;
}
