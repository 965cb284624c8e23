/** What ends the program: Ctrl-C, a service manager, a closed terminal window. */
export const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
