/** The service as somebody who asks it uses it: every request has their key, their address and their page. */
export interface CallersService {
  /** Address without a path, as the client wrote it. */
  readonly baseUrl: string;
  fetch(request: Request): Promise<Response>;
}

/** Answers a message of the Model Context Protocol, with what its tools learn from the service. */
export type AnswerMcp = (message: Request, service: CallersService) => Promise<Response>;
