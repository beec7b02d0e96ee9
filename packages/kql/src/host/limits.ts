/** Most rows of one input of a table algorithm that runs outside SQL. */
export const HOST_ROWS = 500_000;
