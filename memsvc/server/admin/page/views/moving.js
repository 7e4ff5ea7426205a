// A space out as a file and in again.
import { html, useId, useRef, useState } from '../lib/ui.js';
import { address, path, upload } from '../lib/api.js';
import { bytes, counted } from '../lib/format.js';
import { ButtonLink, Field, FormDialog, Progress, announce } from '../parts.js';

/** A link that downloads the whole space, streamed by the service. */
export function ExportLink({ space }) {
  return html`<${ButtonLink} icon="download" href=${address(path`/v1/spaces/${space}/export`)} download=${`${space}.ndjson`}>Export<//>`;
}

/** Choose a file that an export wrote and bring it into a space, made when it is new. */
export function ImportDialog({ space, onClose, onDone }) {
  const [name, setName] = useState(space || '');
  const [file, setFile] = useState(null);
  const [share, setShare] = useState(null);
  const stop = useRef(null);
  const nameId = useId();
  const fileId = useId();
  const bring = async () => {
    stop.current = new AbortController();
    setShare(0);
    try {
      const done = await upload(path`/v1/spaces/${name.trim()}/import`, file, {
        type: 'application/x-ndjson', onProgress: setShare, signal: stop.current.signal,
      });
      announce(`Imported into ${done.space}: ${counted(done.turns, 'turn')} added, ${done.present} there already.`);
      onClose();
      onDone?.(done);
    } finally {
      setShare(null);
    }
  };
  const close = () => {
    stop.current?.abort();
    onClose();
  };
  return html`<${FormDialog} title=${space ? `Import into ${space}` : 'Import a space'} submit="Import"
      isReady=${Boolean(file) && name.trim() !== ''} onSubmit=${bring} onClose=${close}>
    <p>A file that an export wrote. What is here already is passed over, so an import that was cut short is simply done again.</p>
    ${!space && html`<${Field} id=${nameId} label="Into the space" hint="It is made when it is new." value=${name}
      autocomplete="off" spellcheck=${false} onInput=${(event) => setName(event.target.value)} />`}
    <${Field} id=${fileId} label="File" hint=${file ? bytes(file.size) : 'Lines of JSON, usually .ndjson'}>
      <input id=${fileId} type="file" accept=".ndjson,.jsonl,.json,.txt" aria-describedby=${`${fileId}-hint`}
        onChange=${(event) => setFile(event.target.files[0] || null)} />
    <//>
    ${share !== null && html`<div class="upload">
      <${Progress} value=${share < 1 ? share : undefined} label="Sent" />
      <p class="muted" role="status">${share < 1 ? `${Math.round(share * 100)} % sent` : 'All sent; the service keeps the last of it.'}</p>
    </div>`}
  <//>`;
}
