/** The files that a job left in its output folder, with a way to take them home. */
import * as React from 'react';
import { IFileEntry, IJob } from '../core/wire';
import { useHost, useLoad } from '../ui/host';
import { Empty, ErrorBox, Skeleton } from '../ui/notices';

export function Files(props: { job: IJob }): JSX.Element {
  const { model, trans, format, save } = useHost();
  const { job } = props;
  const load = useLoad(() => model.client.files(job.id), [job.id, job.state]);
  const about = useLoad(() => model.client.explanation(job.id), [job.id, job.state]);
  const [failure, setFailure] = React.useState<Error | null>(null);
  const download = async (file: IFileEntry): Promise<void> => {
    setFailure(null);
    try {
      save(await model.client.file(job.id, file.path), file.path.split('/').pop() ?? file.path);
    } catch (error) {
      setFailure(error as Error);
    }
  };
  if (!load.value) {
    return load.error ? <ErrorBox error={load.error} onRetry={load.reload} /> : <Skeleton lines={3} />;
  }
  const files = load.value.items;
  const notes = (about.value?.notes ?? []).map(note => (
    <div key={note.code} className="hubkin-Notice" data-kind="warning">
      <p>{note.text || note.code}</p>
    </div>
  ));
  if (files.length === 0) {
    return (
      <>
        {notes}
        <Empty>
          <p>
            {notes.length === 0
              ? trans.__('The job left no files in its output folder.')
              : trans.__('No files were kept.')}
          </p>
        </Empty>
      </>
    );
  }
  return (
    <>
      {notes}
      {failure && <ErrorBox error={failure} />}
      <table className="hubkin-Table">
        <caption className="hubkin-visuallyHidden">{trans.__('Files of %1', job.name)}</caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('File')}</th>
            <th scope="col" data-number>
              {trans.__('Size')}
            </th>
            <th scope="col">
              <span className="hubkin-visuallyHidden">{trans.__('Action')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {files.map(file => (
            <tr key={`${file.replica} ${file.path}`}>
              <th scope="row">
                {file.path}
                {file.replica !== null && file.replica > 0 && (
                  <span className="hubkin-Chip">{trans.__('replica %1', file.replica)}</span>
                )}
              </th>
              <td data-number title={trans.__('%1 bytes', format.number(file.size_bytes))}>
                {format.bytes(file.size_bytes)}
              </td>
              <td data-number>
                <button
                  type="button"
                  className="hubkin-Button"
                  data-small
                  aria-label={trans.__('Download %1', file.path)}
                  onClick={() => void download(file)}
                >
                  {trans.__('Download')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
