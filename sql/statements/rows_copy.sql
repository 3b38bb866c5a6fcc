COPY wardcast.{table} ({columns}, {run}) FROM STDIN
