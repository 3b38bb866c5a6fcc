-- Room for the forecasts of a slot.
SELECT wardcast.make_partitions('forecast', $1::timestamptz, $1::timestamptz)
