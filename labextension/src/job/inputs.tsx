/** The datasets and models that a plan or job reads: the name that the code uses, and the version that it means. */
import * as React from 'react';
import { IInput } from '../core/wire';
import { useHost } from '../ui/host';

/** Cards in older notebooks have no `inputs`. */
export function Inputs(props: { inputs: readonly IInput[] | undefined }): JSX.Element | null {
  const { trans, format } = useHost();
  const inputs = props.inputs ?? [];
  if (inputs.length === 0) {
    return null;
  }
  return (
    <table className="hubkin-Table">
      <caption>{trans.__('Reads')}</caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('Name')}</th>
          <th scope="col">{trans.__('Version')}</th>
          <th scope="col" data-number>
            {trans.__('Files')}
          </th>
          <th scope="col" data-number>
            {trans.__('Size')}
          </th>
        </tr>
      </thead>
      <tbody>
        {inputs.map(input => (
          <tr key={`${input.kind} ${input.name}`}>
            <th scope="row">
              <code>{input.name}</code>{' '}
              <span className="hubkin-Note">
                {input.kind === 'model' ? trans.__('model') : trans.__('dataset')}
              </span>
            </th>
            <td>{input.reference}</td>
            <td data-number>{format.number(input.files)}</td>
            <td data-number>{format.bytes(input.bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
