// What a view draws with. `html` makes elements of a template: text in it is always text.
export {
  html, h, render, Fragment, createContext,
  useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from '../vendor/preact.js';

/** Join the class names that hold. */
export const classes = (...names) => names.filter(Boolean).join(' ');
