/** The body of an answer: answers that are not ok were thrown before. */
export const dataOf = <T>(answer: { readonly data?: T }): T => answer.data as T;
