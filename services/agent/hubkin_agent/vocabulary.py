"""Words that tell a metric from a setting; every name is compared in lower case."""

from __future__ import annotations


def _words(text: str) -> "frozenset[str]":
    return frozenset(text.split())


#: A name with one of these in it (between ``/ _ . - @``) is a metric.
METRICS = _words(
    """
    loss losses acc accuracy error err f1 auc auroc precision recall bleu rouge ppl perplexity reward
    return score mse mae rmse mape r2 psnr ssim map miou iou dice lr learning_rate gradnorm grad_norm
    norm kl entropy throughput nll bce elbo wer cer fid top1 top5 top mfu likelihood elo winrate
    """
)

#: A name that is one of these never is.
SETTINGS = _words(
    """
    version ver port pid tid uid gid seed host rank world world_size time date day hour hours minute
    minutes second seconds sec secs ms eta elapsed duration gpu gpus cuda device id v_num line lines
    num_workers workers batch_size bs epoch epochs step steps iter iters iteration iterations batch
    batches global_step it code status level errno file node nodes size bytes
    """
)

#: Ordinary words too, so alone they count only beside a step.
AMBIGUOUS = _words("error err norm return map top")

#: Words before a metric that say whose it is: ``val loss``.
SPLITS = _words("train training val valid validation test eval dev average avg mean total")
