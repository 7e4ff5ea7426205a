// Before anything is drawn, so that no page flashes in the other theme.
try {
  const chosen = localStorage.getItem('memsvc-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch { /* storage may be forbidden; then the system's theme holds */ }
