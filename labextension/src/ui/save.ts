/** Hands bytes to the browser as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // After the browser has taken the bytes.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
