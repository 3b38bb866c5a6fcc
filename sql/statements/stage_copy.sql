COPY pg_temp.wardcast_stage (n, complaint, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9) FROM STDIN
