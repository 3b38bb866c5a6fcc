#include "forecast/model/member.h"

G_DEFINE_QUARK(wardcast-model-error-quark, model_error)
