/** Injection token of the application's logger (`Logger` is an interface and cannot be one). */
export const LOGGER = Symbol('LOGGER');
