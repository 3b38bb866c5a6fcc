-- A daemon that froze, or whose host is gone, must not keep the lease or a source's watermark from the next one.
SELECT set_config('idle_in_transaction_session_timeout', $1, false),
       set_config('tcp_keepalives_idle', '10', false),
       set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false)
