/** Types that the scripts of the page share, for their type check only: a browser never asks for this file. */

/** What an element may contain. Empty children are left out; a number is written with String(). */
export type Child = string | Node | null | undefined | false | Child[];

/** Attributes of a new element. null, undefined and false leave one out; a function listens to the event after `on`. */
export type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => unknown)>;

/** What is shown beside the chart, made from the address of the page. */
export type View = (signal: AbortSignal) => Promise<{ title: string; content: Child }>;
