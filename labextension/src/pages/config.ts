/** What the platform wrote into the page for us: where its API is, who is there, which page this is. */

export interface IPageConfig {
  readonly api: string;
  readonly xsrf: string;
  readonly language: string;
  readonly user: string;
  readonly admin: boolean;
  readonly page: string;
  readonly id?: string | null;
}

/** Read it from the page. */
export function readConfig(): IPageConfig {
  const element = document.getElementById('hubkin-config');
  return JSON.parse(element?.textContent ?? '{}') as IPageConfig;
}
