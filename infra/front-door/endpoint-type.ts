/** The kind of API Gateway API that answers OPs and browsers. */
export class EndpointType {
  /** An HTTP API: the cheapest. It takes no AWS WAF and no allow-list of addresses. */
  static readonly HTTP_API = new EndpointType('HTTP_API');
  /** A REST API, which takes an AWS WAF web ACL and an allow-list of addresses. */
  static readonly REST_API = new EndpointType('REST_API');

  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  toString(): string {
    return `EndpointType.${this.#name}`;
  }
}
