/**
 * Of answers that come bit by bit or are long: turns off the response buffer of nginx, and of what is made of it, whatever its
 * configuration. It would hold back events, write whole files to the proxy's disk, and cut those above a gigabyte, where its
 * space for them ends.
 */
export const unbuffered = { "x-accel-buffering": "no" } as const;
